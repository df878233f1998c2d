//! `/tokens`.

use hyper::StatusCode;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::list::{self, with_one_more};
use crate::model::secret::Secret;
use crate::model::token::Token;
use crate::service::token::NewToken;
use crate::view::View;
use crate::view::links::Base;

const SORT_KEYS: &[&str] = &[
    "created_at",
    "expires_at",
    "name",
    "uuid",
    "user_id",
    "project_id",
    "role",
];

/// `GET /tokens`.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let mut query = call.query()?;
    let fields = query.take_fields(Token::FIELDS)?;
    let page = query.take_page(SORT_KEYS)?;
    query.finish()?;
    let found = call.service.list_tokens(&with_one_more(&page))?;
    list::answer(
        &call,
        found,
        &page,
        fields.as_deref().unwrap_or(Token::FIELDS),
    )
}

/// `POST /tokens`: the only answer that holds the secret.
pub async fn create(mut call: Call) -> Result<Answer, ApiError> {
    call.no_query()?;
    let new: NewToken = call.json()?;
    let (token, secret) = call.service.create_token(new).await?;
    let shown = WithSecret {
        token: &token,
        secret: secret.as_ref(),
        base: &call.base,
    };
    let answer = Answer::json(StatusCode::CREATED, &shown)?;
    Ok(answer
        .at(call.base.href(Token::PLURAL, &token.ident()))
        .version(token.etag()))
}

/// `GET /tokens/{uuid}`.
pub async fn show(call: Call) -> Result<Answer, ApiError> {
    call.show(&call.service.show_token(call.ident())?, Token::FIELDS)
}

/// `DELETE /tokens/{uuid}`.
pub async fn delete(call: Call) -> Result<Answer, ApiError> {
    call.service.show_token(call.ident())?;
    call.no_query()?;
    call.service.delete_token(call.ident()).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

struct WithSecret<'a> {
    token: &'a Token,
    secret: Option<&'a Secret<String>>,
    base: &'a Base,
}

impl Serialize for WithSecret<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for field in Token::FIELDS {
            self.token.field(field, self.base, &mut map)?;
        }
        if let Some(secret) = self.secret {
            map.serialize_entry("token", secret.expose())?;
        }
        map.end()
    }
}
