package dev.kelpie.algorithms.preference;

/** The arrays that some pair losses need beside the log-probabilities of both responses. */
public enum PairColumn {
  /** Log-probabilities [N, T] of the policy that drew the chosen responses. */
  OLD_CHOSEN,
  /** Log-probabilities [N, T] of the policy that drew the rejected responses. */
  OLD_REJECTED,
  /** KL of the reference to the policy over the vocabulary [N, T], differentiable. */
  KL_CHOSEN,
  /** The same on the rejected responses. */
  KL_REJECTED,
  /** Factors [N, T] of the log-ratios of the chosen tokens. */
  TOKEN_WEIGHT_CHOSEN,
  /** Factors [N, T] of the log-ratios of the rejected tokens. */
  TOKEN_WEIGHT_REJECTED,
  /** Factors [N, T] of the KL on the chosen tokens. */
  KL_WEIGHT_CHOSEN,
  /** Factors [N, T] of the KL on the rejected tokens. */
  KL_WEIGHT_REJECTED,
  /** Log-probabilities [N, G] of the policy on a third, best response, a leaf. */
  GOLD,
  /** 1 on the tokens of the third response [N, G]. */
  GOLD_MASK,
  /** Policy on the chosen response where the prompt shows the rejected one [N, T], a leaf. */
  REVISED_CHOSEN,
  /** Policy on the rejected response where the prompt shows the chosen one [N, T], a leaf. */
  REVISED_REJECTED,
  /** Policy on the chosen response where the prompt shows that response itself [N, T], a leaf. */
  REPEATED_CHOSEN,
  /** Policy on the rejected response where the prompt shows that response itself [N, T], a leaf. */
  REPEATED_REJECTED,
  /** Reference on the chosen response where the prompt shows the rejected one [N, T]. */
  REFERENCE_REVISED_CHOSEN,
  /** Reference on the rejected response where the prompt shows the chosen one [N, T]. */
  REFERENCE_REVISED_REJECTED,
  /** Reference on the chosen response where the prompt shows that response itself [N, T]. */
  REFERENCE_REPEATED_CHOSEN,
  /** Reference on the rejected response where the prompt shows that response itself [N, T]. */
  REFERENCE_REPEATED_REJECTED
}
