/** Builds that run by themselves on other machines. */
@NullMarked
package dev.kelpie.cli.pack;

import org.jspecify.annotations.NullMarked;
