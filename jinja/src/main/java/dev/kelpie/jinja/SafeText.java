package dev.kelpie.jinja;

/**
 * Text behind the filter {@code safe}. Nothing is escaped in chat templates, so it prints as it is;
 * whatever else Python would do with it, such as escaping what is added to it, is refused.
 */
record SafeText(String text) {}
