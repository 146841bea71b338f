package dev.kelpie.algorithms.preference;

/**
 * How a prompt shows a response: the prompt, {@code before}, the response without the token that
 * ends it, {@code after}.
 */
public record ShownResponse(String before, String after) {}
