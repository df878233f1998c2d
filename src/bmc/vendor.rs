//! Makers of BMCs by their private enterprise numbers, as IANA has them.

/// The usual makers; `None` for others.
pub fn vendor(number: u32) -> Option<&'static str> {
    Some(match number {
        2 | 20301 | 42817 => "IBM",
        11 => "HP",
        42 => "Sun",
        111 => "Oracle",
        119 => "NEC",
        343 => "Intel",
        674 => "Dell",
        2011 => "Huawei",
        2623 => "ASUS",
        5703 => "NVIDIA",
        5771 => "Cisco",
        6653 => "Tyan",
        7244 => "Quanta",
        10368 => "Fujitsu",
        10876 => "Supermicro",
        15370 => "Gigabyte",
        19046 => "Lenovo",
        37945 => "Inspur",
        40092 => "Wiwynn",
        47196 => "HPE",
        49622 => "ASRock Rack",
        49769 => "YADRO",
        _ => return None,
    })
}
