//! Data that is somewhere else and stays there: an administrator says where (`x-image-meta-location`).

use crate::{
    Caller, Error, Permitted, Result,
    image::{
        Image, ImageView, Location, Status,
        actions::{Action, Create, SetLocation},
    },
    policy::{Policy, refused},
};

/// The store of a location that is a URL.
const STORE: &str = "http";

/// Longest URL that is kept, in bytes: what every database takes as a key.
const LONGEST: usize = 512;

/// Data that is under a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct External {
    location: Location,
    size: u64,
    checksum: Option<String>,
}

impl Location {
    /// Whether the bytes are somewhere else: the key is the URL, and nothing is ever written or removed there.
    pub fn is_external(&self) -> bool {
        self.store == STORE
    }
}

impl External {
    /// `size` bytes under `url`, with this MD5 as far as somebody said so.
    ///
    /// # Errors
    /// Invalid for a URL that is too long, and for a checksum that is none.
    pub fn new(url: &str, size: u64, checksum: Option<&str>) -> Result<Self> {
        if url.len() > LONGEST {
            return Err(Error::invalid(format!("A location may have {LONGEST} characters at most.")));
        }
        if checksum.is_some_and(|sum| sum.len() != 32 || !sum.bytes().all(|digit| digit.is_ascii_hexdigit())) {
            return Err(Error::invalid("The checksum is not an MD5 in hexadecimal digits."));
        }
        let location = Location { store: STORE.to_owned(), key: url.to_owned() };
        Ok(Self { location, size, checksum: checksum.map(str::to_lowercase) })
    }

    /// Makes it the data of `image`, which is active with it.
    pub fn place(&self, image: &mut Image) {
        image.status = Status::Active;
        image.size = Some(self.size);
        image.checksum.clone_from(&self.checksum);
        image.location = Some(self.location.clone());
    }
}

/// May the caller say where the data of the image is? Administrators only, whatever the rule says: who names a location
/// has the server read from there for everybody who may read the image.
///
/// # Errors
/// NotFound, Forbidden; Invalid unless the image is queued and its formats are set.
pub fn permit(policy: &Policy, caller: &Caller, view: ImageView) -> Result<Permitted<ImageView, SetLocation>> {
    let permitted = super::permit::<SetLocation>(policy, caller, view)?;
    if !policy.is_admin(caller) {
        return Err(refused(SetLocation::RULE));
    }
    let image = &permitted.image;
    if image.status != Status::Queued {
        return Err(crate::image::copy::not_queued(&image.id));
    }
    crate::image::copy::formats_given(image.disk_format.as_deref(), image.container_format.as_deref())?;
    Ok(permitted)
}

/// May the caller create this image with data that is somewhere else?
///
/// # Errors
/// As [`permit`] and [`Policy::permit_create`].
pub fn permit_create(
    policy: &Policy,
    caller: &Caller,
    mut image: Image,
    data: &External,
) -> Result<Permitted<Image, Create>> {
    permit(policy, caller, ImageView { image: image.clone(), membership: None })?;
    data.place(&mut image);
    policy.permit_create(caller, image)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Kind,
        image::Visibility,
        testing::{alone, caller, image, queued},
    };

    #[test]
    fn administrators_only() {
        let (lenient, admin, owner) = (Policy::defaults(), caller("other", "admin"), caller("alpha", "member"));
        let data = External::new("https://example.org/", 7, Some("900150983CD24FB0D6963F7D28E17F72")).unwrap();
        let view = || alone(queued());
        assert!(permit(&lenient, &admin, view()).is_ok());
        assert_eq!(permit(&lenient, &owner, view()).unwrap_err().kind(), Kind::Forbidden);
        assert_eq!(permit(&lenient, &caller("beta", "member"), view()).unwrap_err().kind(), Kind::NotFound);
        let active = alone(image(Visibility::Private));
        assert_eq!(permit(&lenient, &admin, active).unwrap_err().kind(), Kind::Invalid);
        assert_eq!(permit_create(&lenient, &owner, queued(), &data).unwrap_err().kind(), Kind::Forbidden);
        let made = permit_create(&lenient, &admin, queued(), &data).unwrap().into_inner();
        assert_eq!((made.status, made.size), (Status::Active, Some(7)));
        assert_eq!(made.checksum.as_deref(), Some("900150983cd24fb0d6963f7d28e17f72"));
        assert!(made.location.unwrap().is_external());
        let bare = Image { disk_format: None, ..queued() };
        assert_eq!(permit(&lenient, &admin, alone(bare)).unwrap_err().kind(), Kind::Invalid);
    }

    #[test]
    fn what_is_kept() {
        assert!(External::new(&format!("https://example.org/{}", "a".repeat(600)), 7, None).is_err());
        for bad in ["", "x", "900150983cd24fb0d6963f7d28e17f7z"] {
            assert!(External::new("https://example.org/", 7, Some(bad)).is_err(), "{bad}");
        }
    }
}
