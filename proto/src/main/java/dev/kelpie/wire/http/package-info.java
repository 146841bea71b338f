/**
 * HTTP: a server with limits, and bulk data as byte ranges of immutable files, served and fetched.
 */
@NullMarked
package dev.kelpie.wire.http;

import org.jspecify.annotations.NullMarked;
