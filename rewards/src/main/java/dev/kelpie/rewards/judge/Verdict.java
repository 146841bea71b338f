package dev.kelpie.rewards.judge;

/**
 * What a judge finds.
 *
 * @param value a number, or the mean value of choices
 * @param unreadable share of the votes that could not be read and are left out
 * @param disagreement by how much both orders of two responses differ; 0 without a swap
 */
public record Verdict(double value, double unreadable, double disagreement) {}
