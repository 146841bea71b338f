package dev.kelpie.model;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/** Prints how many tests of a class passed and failed, as its last line. */
public final class ParityTally implements TestWatcher, AfterAllCallback {
  private int passed;
  private int failed;

  @Override
  public void testSuccessful(ExtensionContext context) {
    passed++;
  }

  @Override
  public void testFailed(ExtensionContext context, @Nullable Throwable cause) {
    failed++;
  }

  @Override
  public void testAborted(ExtensionContext context, @Nullable Throwable cause) {
    failed++;
  }

  @Override
  public void afterAll(ExtensionContext context) {
    System.out.println(passed + " passed, " + failed + " failed");
  }
}
