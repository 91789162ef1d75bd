//! Accounts as answers have them.

use salon_core::account::{self, License, aws_account_id};

use crate::chime::{
    error::Fault,
    model::{
        Time,
        types::{Account, SigninDelegateGroup},
    },
};

/// An account.
pub(super) fn account(account: account::Account) -> Account {
    Account {
        account_id: account.id.as_str().to_owned(),
        account_status: Some(account.status.as_str().to_owned()),
        account_type: Some(account.account_type.as_str().to_owned()),
        aws_account_id: aws_account_id(&account.project_id),
        created_timestamp: Some(Time(account.created_at)),
        default_license: Some(account.default_license.as_str().to_owned()),
        name: account.name,
        signin_delegate_groups: account
            .delegate_groups
            .into_iter()
            .map(|name| SigninDelegateGroup { group_name: Some(name) })
            .collect(),
        supported_licenses: account.supported_licenses.iter().map(|license| license.as_str().to_owned()).collect(),
    }
}

/// A license that a request names.
pub(in crate::chime) fn license(text: Option<&str>) -> Result<Option<License>, Fault> {
    let unknown = || Fault::bad_request("The license is not known.");
    text.map(|text| License::parse(text).ok_or_else(unknown)).transpose()
}
