/** The export command: a policy as a folder in Hugging Face's format with a model card. */
@NullMarked
package dev.kelpie.cli.export;

import org.jspecify.annotations.NullMarked;
