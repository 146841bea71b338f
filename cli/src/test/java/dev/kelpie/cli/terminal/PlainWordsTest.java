package dev.kelpie.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class PlainWordsTest {
  private static final String WHERE = " (--debug shows where)";

  @Test
  void memoryThatRunsOutHasItsKindAndARemedy() {
    assertThat(PlainWords.of(new OutOfMemoryError("Java heap space")))
        .contains("the heap of " + (Runtime.getRuntime().maxMemory() >> 20) + " MiB is full")
        .contains("-J-Xmx");
    assertThat(
            PlainWords.of(new OutOfMemoryError("Cannot reserve 9 bytes of direct buffer memory")))
        .contains("-J-XX:MaxDirectMemorySize");
    assertThat(PlainWords.of(new OutOfMemoryError("Metaspace"))).contains("MaxMetaspaceSize");
    assertThat(PlainWords.of(new OutOfMemoryError("unable to create native thread: possibly...")))
        .contains("no more threads")
        .doesNotContain("heap");
  }

  @Test
  void memoryThatLibtorchLacksIsNamedWithItsSize() {
    // libtorch 2.7.1 in a process under ulimit -v, and what wraps it
    String message =
        "[enforce fail at alloc_cpu.cpp:119] err == 0. DefaultCPUAllocator: can't allocate memory:"
            + " you tried to allocate 4294967296 bytes. Error code 12 (Cannot allocate memory)";
    Exception wrapped = new IllegalStateException("step 1", new RuntimeException(message));
    assertThat(PlainWords.of(wrapped))
        .isEqualTo(
            "out of memory: libtorch asked the system for 4096 MiB that it does not have (expected:"
                + " lower learner.token-budget, rollout.unit-prompts or the model)");
    assertThat(PlainWords.of(new RuntimeException("std::bad_alloc"))).contains("for memory that");
  }

  @Test
  void filesAreNamedWithTheReason() {
    assertThat(PlainWords.of(new NoSuchFileException("a/b")))
        .isEqualTo("a/b: no such file or folder");
    assertThat(PlainWords.of(new UncheckedIOException(new AccessDeniedException("x"))))
        .isEqualTo("x: permission denied");
    assertThat(PlainWords.of(new FileSystemException("x", null, "No space left on device")))
        .isEqualTo("x: No space left on device");
  }

  @Test
  void lettersThatTheLocaleLacksNameTheLocale() {
    String reason = "Malformed input or input contains unmappable characters";
    assertThat(PlainWords.of(new InvalidPathException("donn\u00e9es", reason)))
        .startsWith("donn\u00e9es: the locale's character set, ")
        .contains("LC_ALL=C.UTF-8");
    assertThat(PlainWords.of(new InvalidPathException("a\u0000", "Nul character not allowed")))
        .doesNotContain("locale");
  }

  @Test
  void namesOfClassesAreLeftOut() {
    assertThat(
            PlainWords.of(
                new IOException(
                    "Cannot deserialize value of type `com.fasterxml.jackson.databind.JsonNode`"
                        + " from Array\n"
                        + " at [Source: (String)\"[]\"; line: 1, column: 1]")))
        .isEqualTo("Cannot deserialize value of type from Array line: 1" + WHERE);
    assertThat(PlainWords.of(new IllegalStateException("akka.actor.ActorInitException: no port")))
        .isEqualTo("no port" + WHERE);
    assertThat(PlainWords.of(new RuntimeException(new ai.djl.engine.EngineException("no engine"))))
        .isEqualTo("no engine" + WHERE);
    // a file and a key are no classes
    assertThat(PlainWords.of(new IllegalStateException("a.b.conf: run.steps: Two")))
        .isEqualTo("a.b.conf: run.steps: Two" + WHERE);
  }

  @Test
  void aBuildWithoutAClassSaysHowToGetAWholeOne() {
    assertThat(PlainWords.of(new NoClassDefFoundError("dev/kelpie/Gone")))
        .startsWith("this build is not complete: dev/kelpie/Gone (expected: ");
  }
}
