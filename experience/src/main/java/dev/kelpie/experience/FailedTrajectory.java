package dev.kelpie.experience;

/** A trajectory whose reward threw, timed out or was not a number. Failed is not 0. */
public record FailedTrajectory(Trajectory trajectory, String reason) {}
