package dev.kelpie.learner.rows;

/**
 * A response under another prompt than its own.
 *
 * @param response row of the response
 * @param prompt what the prompt is: the row of the response that it shows, the number of the
 *     principles in it, or below 0 one of the prompts that sides of pairs are under
 */
public record View(int response, int prompt) {}
