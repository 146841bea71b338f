/** What an experiment names outside of this machine's processes: servers that text is sent to. */
@NullMarked
package dev.kelpie.config.remote;

import org.jspecify.annotations.NullMarked;
