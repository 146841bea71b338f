/** The data command: what a file of rows holds. */
@NullMarked
package dev.kelpie.cli.data;

import org.jspecify.annotations.NullMarked;
