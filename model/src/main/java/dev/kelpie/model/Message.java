package dev.kelpie.model;

/**
 * One message of a conversation.
 *
 * @param role who speaks: system, user, assistant
 * @param content what they say
 */
public record Message(String role, String content) {}
