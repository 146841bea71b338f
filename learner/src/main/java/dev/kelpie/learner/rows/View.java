package dev.kelpie.learner.rows;

/**
 * A response under another prompt than its own.
 *
 * @param response row of the response
 * @param prompt what the prompt is: the row of the response that it shows, or the number of the
 *     principles in it
 */
public record View(int response, int prompt) {}
