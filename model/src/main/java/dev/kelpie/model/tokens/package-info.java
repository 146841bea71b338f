/** What the files of a checkpoint say about its tokenizer, read as transformers reads them. */
@NullMarked
package dev.kelpie.model.tokens;

import org.jspecify.annotations.NullMarked;
