//! Changes of an image by JSON patch (both of Glance's media types), as plain values.
