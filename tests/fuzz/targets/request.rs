#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ostler_fuzz::request::run(data));
