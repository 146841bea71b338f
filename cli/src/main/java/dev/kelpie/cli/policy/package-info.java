/** The folder of a policy that a command names. */
@NullMarked
package dev.kelpie.cli.policy;

import org.jspecify.annotations.NullMarked;
