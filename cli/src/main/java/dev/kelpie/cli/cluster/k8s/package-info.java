/** A run on Kubernetes: its manifests. */
@NullMarked
package dev.kelpie.cli.cluster.k8s;

import org.jspecify.annotations.NullMarked;
