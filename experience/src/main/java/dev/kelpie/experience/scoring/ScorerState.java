package dev.kelpie.experience.scoring;

/**
 * Weights of a model that is trained in the loop and scores the samples of the steps.
 *
 * @param version number of its updates
 * @param sha256 hash of its weights
 */
public record ScorerState(long version, String sha256) {}
