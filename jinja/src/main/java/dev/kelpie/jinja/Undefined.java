package dev.kelpie.jinja;

/** The value of a name that has none: prints as nothing, is false, has no items. */
record Undefined(String name) {}
