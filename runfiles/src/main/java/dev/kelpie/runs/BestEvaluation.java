package dev.kelpie.runs;

/**
 * The best evaluation of a run so far.
 *
 * @param step the step whose weights were measured; 0: those the run started with
 * @param metric what was compared, such as {@code eval/reward/mean}
 */
public record BestEvaluation(long step, String metric, double value) {}
