/**
 * Reads answers of responses and of data sets, numbers or mathematics, and compares them by value.
 * {@link AnswerGrader} is the class that others use; {@code docs/answers.md} lists what is read.
 */
@NullMarked
package dev.kelpie.rewards.answer;

import org.jspecify.annotations.NullMarked;
