/** Models that score responses: the reference policy and the named models of an experiment. */
@NullMarked
package dev.kelpie.learner.scoring;

import org.jspecify.annotations.NullMarked;
