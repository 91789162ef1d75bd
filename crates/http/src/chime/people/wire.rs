//! People as requests and answers have them.

use salon_core::account::{self, Alexa, ItemError, Person, UserType};

use crate::chime::{
    error::{self, Fault},
    model::{
        Time,
        types::{AlexaForBusinessMetadata, User, UserError},
    },
};

/// A person.
pub(super) fn user(person: Person) -> User {
    User {
        account_id: Some(person.account_id.as_str().to_owned()),
        alexa_for_business_metadata: Some(AlexaForBusinessMetadata {
            alexa_for_business_room_arn: person.alexa.room_arn,
            is_alexa_for_business_enabled: Some(person.alexa.enabled),
        }),
        display_name: Some(person.display_name),
        invited_on: person.invited_at.map(Time),
        license_type: Some(person.license.as_str().to_owned()),
        personal_pin: person.pin,
        primary_email: Some(person.email),
        primary_provisioned_number: None,
        registered_on: person.registered_at.map(Time),
        user_id: person.id.as_str().to_owned(),
        user_invitation_status: person.invitation.map(|status| status.as_str().to_owned()),
        user_registration_status: Some(person.registration.as_str().to_owned()),
        user_type: Some(person.user_type.as_str().to_owned()),
    }
}

/// What could not be done with some of them.
pub(super) fn errors(errors: Vec<ItemError>) -> Vec<UserError> {
    let errors = errors.into_iter().map(|item| {
        let (code, message) = error::item(&item.error);
        UserError { error_code: Some(code), error_message: Some(message), user_id: Some(item.id) }
    });
    errors.collect()
}

/// A type that a request names.
pub(super) fn user_type(text: Option<&str>) -> Result<Option<UserType>, Fault> {
    let unknown = || Fault::bad_request("The user type is not known.");
    text.map(|text| UserType::parse(text).ok_or_else(unknown)).transpose()
}

/// What changes in a person.
pub(super) fn changes(
    license: Option<&str>,
    kind: Option<&str>,
    alexa: Option<AlexaForBusinessMetadata>,
) -> Result<account::PersonChanges, Fault> {
    Ok(account::PersonChanges {
        license: crate::chime::accounts::license(license)?,
        user_type: user_type(kind)?,
        alexa: alexa.map(|alexa| Alexa {
            enabled: alexa.is_alexa_for_business_enabled.unwrap_or_default(),
            room_arn: alexa.alexa_for_business_room_arn,
        }),
    })
}
