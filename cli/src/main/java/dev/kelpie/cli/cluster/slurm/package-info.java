/** A run as a job of Slurm: its batch script. */
@NullMarked
package dev.kelpie.cli.cluster.slurm;

import org.jspecify.annotations.NullMarked;
