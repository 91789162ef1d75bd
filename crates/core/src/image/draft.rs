//! A new image: validation of what a client sends to create one. (See the module's functions.)
