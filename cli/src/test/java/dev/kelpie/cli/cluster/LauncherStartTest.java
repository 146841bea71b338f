package dev.kelpie.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the launcher makes of its environment, on a tree with a JDK that prints what it is given.
 */
class LauncherStartTest {
  private static final String LAST = "dev.kelpie.cli.Kelpie\n--version\n";

  private final Path root;
  private final Path jdk;
  private final Path jar;
  private final Path tools;

  LauncherStartTest(@TempDir Path folder) {
    root = folder.resolve("a clone");
    jdk = folder.resolve("jdk");
    jar = folder.resolve("lib.jar");
    tools = folder.resolve("tools");
  }

  @BeforeEach
  void layOutATree() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no bash here, so no launcher");
    Files.createDirectories(root.resolve("configs/src/main"));
    Files.createDirectories(root.resolve("configs/target/classes"));
    Files.createDirectories(root.resolve("cli/target"));
    Files.writeString(root.resolve("pom.xml"), "<project/>");
    Files.copy(Path.of("../kelpie"), root.resolve("kelpie"), StandardCopyOption.COPY_ATTRIBUTES);
    script(
        jdk.resolve("bin/java"),
        "echo \"LC_ALL=${LC_ALL:-} LC_CTYPE=${LC_CTYPE:-}\"; printf '%s\\n' \"$@\"");
    script(jdk.resolve("bin/javac"), "echo 'javac 21.0.1'");
    script(tools.resolve("mvn"), "echo '" + jar + "' > cli/target/class-path.txt; > '" + jar + "'");
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"21.0.1\"\n");
    Files.writeString(root.resolve("cli/target/class-path.txt"), jar.toString());
    Files.writeString(jar, "");
    Files.writeString(root.resolve("cli/target/kelpie-build.stamp"), "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/nonexistent", "relative", "/dev/null", "/a b/*"})
  void startsWhateverHomeIs(String home) throws Exception {
    assertThat(start(Map.of("HOME", home))).endsWith(LAST);
  }

  @Test
  void startsWithoutHome() throws Exception {
    assertThat(start(Map.of(), "env", "-u", "HOME")).endsWith(LAST).doesNotContain("unbound");
  }

  @ParameterizedTest
  @CsvSource({
    "LC_ALL, C, LC_ALL=C.UTF-8 LC_CTYPE=",
    "LC_ALL, POSIX, LC_ALL=C.UTF-8 LC_CTYPE=",
    "LC_ALL, xx_YY.UTF-8, LC_ALL=C.UTF-8 LC_CTYPE=",
    "LC_CTYPE, C, LC_ALL= LC_CTYPE=C.UTF-8",
    "LANG, C, LC_ALL= LC_CTYPE=C.UTF-8",
    "LANG, '', LC_ALL= LC_CTYPE=C.UTF-8",
    "LC_ALL, C.UTF-8, LC_ALL=C.UTF-8 LC_CTYPE=",
    "LANG, C.UTF-8, LC_ALL= LC_CTYPE="
  })
  void namesOfFilesHaveAllLetters(String name, String value, String seen) throws Exception {
    assumeTrue(output("locale", "-a").contains("C.utf8"), "no locale C.UTF-8 here");
    assertThat(start(Map.of(name, value))).containsSubsequence(seen + "\n", LAST);
  }

  @Test
  void aShellThatTheCallerHasChangedChangesNothing() throws Exception {
    Path functions =
        Files.writeString(
            tools.resolve("functions.sh"),
            """
            cd() { echo elsewhere; builtin cd "$@"; }; dirname() { echo /; }
            export -f cd dirname; set -f
            """);
    String plain = start(Map.of());
    assertThat(plain).endsWith(LAST);
    assertThat(start(Map.of("BASH_ENV", functions.toString()))).isEqualTo(plain);
    assertThat(start(Map.of("SHELLOPTS", "noglob"))).isEqualTo(plain);
    assertThat(start(Map.of("BASHOPTS", "failglob:nullglob"))).isEqualTo(plain);
    assertThat(start(Map.of("POSIXLY_CORRECT", "1"))).isEqualTo(plain);
    assertThat(start(Map.of("CDPATH", root.getParent() + ":/:."))).isEqualTo(plain);
    assertThat(start(Map.of("GREP_OPTIONS", "--color=always -v"))).isEqualTo(plain);
    assertThat(start(Map.of("IFS", "/-e"))).isEqualTo(plain);
    assertThat(start(Map.of("GIT_DIR", "/nonexistent"))).isEqualTo(plain);
  }

  /** Else the JVM's first files would get the descriptors, and what it prints would go there. */
  @ParameterizedTest
  @CsvSource({"<&-, 0", ">&-, 1", "2>&-, 2"})
  void streamThatIsClosedBecomesTheNullDevice(String closed, int descriptor) throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/self/fd")), "no /proc here");
    Path seen = tools.resolve("seen");
    script(
        jdk.resolve("bin/java"),
        "fd=$(readlink /proc/$$/fd/"
            + descriptor
            + " || echo closed); echo \"$fd\" > '"
            + seen
            + "'");
    start(Map.of(), "/bin/sh", "-c", "exec \"$@\" " + closed, "sh");
    assertThat(seen).hasContent("/dev/null\n");
  }

  @Test
  void jarThatIsGoneIsBuiltAgain() throws Exception {
    Files.delete(jar);
    assertThat(start(Map.of()))
        .startsWith("kelpie: building (lib.jar is gone or cannot be read; about a minute")
        .endsWith(LAST);
    assertThat(start(Map.of())).doesNotContain("building");
  }

  @Test
  void folderWithAColonIsRefused() throws Exception {
    Path colon = Files.createDirectory(root.resolveSibling("a:b"));
    Files.copy(root.resolve("kelpie"), colon.resolve("kelpie"), StandardCopyOption.COPY_ATTRIBUTES);
    assertThat(output(colon.resolve("kelpie").toString(), "--version"))
        .startsWith("kelpie: cannot run in ")
        .contains("a folder without a colon")
        .hasLineCount(1);
  }

  @Test
  void heapIsGivenOnceAndByTheUserWhereHeDoes() throws Exception {
    assertThat(start(Map.of())).containsPattern("\n-Xms64m\n-Xmx\\d+m\n");
    assertThat(start(Map.of("JAVA_TOOL_OPTIONS", "-Xmx3g"))).doesNotContain("-Xmx", "-Xms");
    assertThat(start(Map.of("JDK_JAVA_OPTIONS", "-XX:MaxRAMPercentage=50")))
        .doesNotContain("-Xmx", "-Xms");
    assertThat(output(root.resolve("kelpie").toString(), "-J-Xmx32m", "--version"))
        .contains("\n-Xmx32m\n")
        .doesNotContain("-Xms");
  }

  @Test
  void temporaryFilesGoWhereTheCallerWantsThemIfTheyCan() throws Exception {
    assertThat(start(Map.of("TMPDIR", tools.toString()))).contains("-Djava.io.tmpdir=" + tools);
    assertThat(start(Map.of("TMPDIR", "/nonexistent"))).doesNotContain("java.io.tmpdir");
  }

  /** Another user may start an installation, but cannot build it. */
  @Test
  void installationOfSomebodyElseIsRunAsItIsOrRefused() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root becomes another user");
    Files.setPosixFilePermissions(root.getParent(), PosixFilePermissions.fromString("rwxr-xr-x"));
    String[] other = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
    assertThat(start(Map.of(), other)).endsWith(LAST);
    Files.setPosixFilePermissions(jar, PosixFilePermissions.fromString("---------"));
    assertThat(start(Map.of(), other))
        .startsWith("kelpie: needs " + jar + ", which is gone or cannot be read, and ")
        .hasLineCount(1);
    Files.delete(root.resolve("cli/target/kelpie-build.stamp"));
    assertThat(start(Map.of(), other)).startsWith("kelpie: is not built, and ").hasLineCount(1);
    assertThat(root.resolve("target")).doesNotExist();
  }

  /** What {@code kelpie --version} prints; {@code before}: a command that starts it. */
  private String start(Map<String, String> environment, String... before) throws Exception {
    List<String> command = new ArrayList<>(Arrays.asList(before));
    command.addAll(List.of(root.resolve("kelpie").toString(), "--version"));
    ProcessBuilder builder = builder(command);
    builder.environment().putAll(environment);
    return output(builder);
  }

  private String output(String... command) throws Exception {
    return output(builder(List.of(command)));
  }

  private ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(key -> key.startsWith("LC_") || key.equals("LANG"));
    environment.put("PATH", tools + ":/usr/bin:/bin");
    environment.put("JAVA_HOME", jdk.toString());
    return builder;
  }

  private static String output(ProcessBuilder builder) throws Exception {
    Process process = builder.redirectErrorStream(true).start();
    // One that hangs is killed, which ends its output, too.
    CompletableFuture.delayedExecutor(60, TimeUnit.SECONDS).execute(process::destroyForcibly);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }

  private static void script(Path file, String line) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/bash\n" + line + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
