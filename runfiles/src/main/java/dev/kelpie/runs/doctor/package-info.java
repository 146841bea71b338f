/** The training doctor: rules over the metrics of a run, whether it is live or recorded. */
@NullMarked
package dev.kelpie.runs.doctor;

import org.jspecify.annotations.NullMarked;
