package dev.kelpie.experience.waiting;

/**
 * How long a kind of work takes in this run, in seconds.
 *
 * @param count how often it was done; the other numbers are of the newest of them
 */
public record Usual(long count, double median, double longest) {}
