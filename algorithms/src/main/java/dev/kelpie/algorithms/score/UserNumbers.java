package dev.kelpie.algorithms.score;

/**
 * The numbers of a {@link UserLoss} that are learned beside the model.
 *
 * @param column the column of pairs that names the user
 * @param shared rows that all users share, S; 0: none
 * @param columns numbers of each of them, C
 * @param own numbers of each user, W, which start at 0
 * @param rate their learning rate, without a schedule
 */
public record UserNumbers(String column, int shared, int columns, int own, double rate) {}
