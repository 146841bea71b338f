/** Other machines, reached by OpenSSH's client. */
@NullMarked
package dev.kelpie.cli.cluster.ssh;

import org.jspecify.annotations.NullMarked;
