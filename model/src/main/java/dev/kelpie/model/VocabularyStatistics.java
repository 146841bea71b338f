package dev.kelpie.model;

import ai.djl.ndarray.NDArray;

/**
 * Numbers of the distribution p over the vocabulary that each response token was drawn from, 0
 * where there is no token.
 *
 * @param squares sum of p^2 [B, R]
 * @param certainty self-certainty {@code -1/V sum ln(V p)} in nats [B, R], 0 for the uniform
 *     distribution; Kang et al. 2025, https://arxiv.org/abs/2502.18581
 */
public record VocabularyStatistics(NDArray squares, NDArray certainty) {}
