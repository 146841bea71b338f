/** Certificates of the hosts of a cluster, and TLS contexts that follow them when they change. */
@NullMarked
package dev.kelpie.wire.tls;

import org.jspecify.annotations.NullMarked;
