/**
 * Jinja templates as chat templates use them, with the results of Python's Jinja2: a feature is
 * either rendered exactly or refused.
 */
@NullMarked
package dev.kelpie.jinja;

import org.jspecify.annotations.NullMarked;
