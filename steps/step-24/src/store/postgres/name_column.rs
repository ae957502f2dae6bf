//! A name as a column: `bytea`.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{
    FromSql, IsNull, ToSql, Type, accepts, to_sql_checked,
};

use crate::store::name::Name;

impl ToSql for Name {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.as_ref().to_sql(kind, out)
    }

    accepts!(BYTEA);
    to_sql_checked!();
}

impl FromSql<'_> for Name {
    fn from_sql(
        kind: &Type,
        raw: &[u8],
    ) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(<&[u8]>::from_sql(kind, raw)?.try_into()?)
    }

    accepts!(BYTEA);
}
