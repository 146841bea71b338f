/** The chat command: a conversation with a policy. */
@NullMarked
package dev.kelpie.cli.chat;

import org.jspecify.annotations.NullMarked;
