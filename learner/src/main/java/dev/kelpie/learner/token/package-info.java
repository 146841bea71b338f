/** Numbers of single tokens: weights, rewards and factors of the KL. */
@NullMarked
package dev.kelpie.learner.token;

import org.jspecify.annotations.NullMarked;
