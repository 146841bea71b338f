package dev.kelpie.learner.reward;

import dev.kelpie.experience.PromptSource;

/**
 * Pairs of responses of a policy to the same prompt, of which nobody says which is the better one.
 *
 * @param rows with two responses each
 * @param path of the run that they are of
 * @param sha256 of their file
 * @param pad the reward model's padding token
 */
public record FreshPairs(PromptSource rows, String path, String sha256, int pad) {}
