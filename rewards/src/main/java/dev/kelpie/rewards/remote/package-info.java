/**
 * Servers that score: chats with models behind a URL, and rewards behind a URL. Requests are
 * repeated, limited, paid for from a budget, and their answers kept.
 */
@NullMarked
package dev.kelpie.rewards.remote;

import org.jspecify.annotations.NullMarked;
