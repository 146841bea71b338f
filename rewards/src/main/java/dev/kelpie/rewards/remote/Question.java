package dev.kelpie.rewards.remote;

/**
 * One message to a model of a server.
 *
 * @param seed of the server's sampling; not sent at temperature 0
 * @param topLogprobs most likely first tokens to report with their log-probabilities; 0: none
 */
public record Question(
    String text, double temperature, int maxTokens, long seed, int topLogprobs) {}
