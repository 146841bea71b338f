package dev.kelpie.runs;

import dev.kelpie.experience.GroupId;

/**
 * A group that a step was trained on again, after the step that sampled it.
 *
 * @param samples number of its samples, failed ones included
 * @param attempt the attempt that was consumed
 */
public record ReplayedGroup(GroupId group, int samples, int attempt) {}
