package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code kelpie train} of one step, by the launcher, in environments unlike a developer's terminal.
 * Each must leave what the plain one leaves: the same weights, the same files, the same digits.
 */
class LauncherEnvironmentTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final AtomicInteger FOLDERS = new AtomicInteger();
  private static final int NOBODY = 65_534;
  private static final int UNLISTED = 54_321;
  private static final int MOST_SECONDS = 180;

  private static Path folder = Path.of("");
  private static Path tree = Path.of("");
  private static Outcome plain = new Outcome("", List.of());

  /** What a run left: the hash of its weights, and its files, with N for digits. */
  private record Outcome(String policy, List<String> files) {}

  /** A process that has ended. */
  private record Ended(int code, String output) {}

  @BeforeAll
  static void install(@TempDir Path temporary) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no bash here, so no launcher");
    folder = temporary;
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    tree = folder.resolve("a tree with spaces");
    InstalledTree.layOut(tree);
    plain = trained(List.of(), environment -> {});
    assertThat(plain.files()).contains("metrics.jsonl", "checkpoints/step-N/MANIFEST.json");
  }

  @Test
  void withoutHome() throws Exception {
    assertThat(trained(List.of(), environment -> environment.remove("HOME"))).isEqualTo(plain);
  }

  @ParameterizedTest
  @CsvSource({"LC_ALL, C", "LC_ALL, POSIX", "LANG, C", "LC_CTYPE, POSIX", "LC_ALL, xx_YY.UTF-8"})
  void inALocaleWithoutAccents(String name, String value) throws Exception {
    assumeTrue("UTF-8".equals(System.getProperty("sun.jnu.encoding")), "no accents in this JVM");
    Path accents = Files.createDirectory(folder.resolve("donn\u00e9es " + name + value));
    Path rows = accents.resolve("\u00e9nonc\u00e9s \u6f22\u5b57.jsonl");
    Files.copy(tree.resolve("configs/rows.jsonl"), rows);
    Consumer<Map<String, String>> locale =
        environment -> {
          environment.keySet().removeIf(key -> key.startsWith("LC_") || key.equals("LANG"));
          environment.put(name, value);
        };
    Ended checked =
        start(accents, List.of(), locale, "validate", small(), "-D", "data.path=" + rows);
    assertThat(checked.output()).containsPattern("ok +data +4 prompts.*" + rows.getFileName());
    if (value.equals("C") && name.equals("LC_ALL")) {
      assertThat(trained(List.of(), locale, "-D", "data.path=" + rows)).isEqualTo(plain);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ar, EG, u661u662 title",
    "fa, IR, u6f1u6f2 title",
    "ne, NP, u967u968 title",
    "tr, TR, 12 tu131tle"
  })
  void inACountryWithOtherDigitsOrLetters(String language, String country, String bare)
      throws Exception {
    List<String> options = List.of("-Duser.language=" + language, "-Duser.country=" + country);
    List<String> probe = new ArrayList<>(List.of(java()));
    probe.addAll(options);
    probe.addAll(
        List.of("-cp", System.getProperty("java.class.path"), LocaleProbe.class.getName()));
    Ended printed = ended(new ProcessBuilder(probe));
    assertThat(printed.output()).isEqualTo(bare + "\n");
    String[] passed = options.stream().map(option -> "-J" + option).toArray(String[]::new);
    assertThat(trained(List.of(), environment -> {}, passed)).isEqualTo(plain);
  }

  @Test
  void withPlacesThatCdPrints() throws Exception {
    assertThat(
            trained(
                List.of(),
                environment -> environment.put("CDPATH", tree + ":" + tree.getParent() + ":/")))
        .isEqualTo(plain);
  }

  @Test
  void asAUserWhomTheSystemDoesNotList() throws Exception {
    assumeRoot();
    assertThat(ended(new ProcessBuilder("id", "-un", "" + UNLISTED)).code()).isNotZero();
    // what an earlier start of this user has unpacked
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path cache = temporary.resolve("kelpie-" + UNLISTED);
    InstalledTree.linkNativeLibraries(cache);
    Files.setAttribute(cache, "unix:uid", UNLISTED);
    Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwx------"));
    Consumer<Map<String, String>> container =
        environment -> {
          environment.remove("HOME");
          environment.put("TMPDIR", temporary.toString());
        };
    assertThat(start(work(), as(UNLISTED), container, "--version").output())
        .contains("unpacked to " + cache);
    assertThat(trained(as(UNLISTED), container)).isEqualTo(plain);
  }

  @Test
  void fromAnInstallationThatIsNewerInItsSourcesAndCannotBeWritten() throws Exception {
    Path source = Files.writeString(tree.resolve("pom.xml"), "<project/>");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
    InstalledTree.setWritable(tree, false);
    try {
      Path cache = folder.resolve("cache");
      InstalledTree.linkNativeLibraries(cache);
      List<String> user = isRoot() ? as(NOBODY) : List.of();
      assertThat(trained(user, environment -> environment.put("DJL_CACHE_DIR", cache.toString())))
          .isEqualTo(plain);
      assertThat(tree.resolve("target")).doesNotExist();
    } finally {
      InstalledTree.setWritable(tree, true);
      Files.delete(source);
    }
  }

  @Test
  void onOneCore() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/taskset")), "no taskset here");
    assertThat(trained(List.of("/usr/bin/taskset", "-c", "0"), environment -> {})).isEqualTo(plain);
  }

  @Test
  void fromCron() throws Exception {
    Consumer<Map<String, String>> cron =
        environment -> {
          String home = environment.getOrDefault("HOME", "/");
          environment.clear();
          environment.putAll(
              Map.of("HOME", home, "LOGNAME", "x", "PATH", "/usr/bin:/bin", "SHELL", "/bin/sh"));
        };
    boolean found = !start(tree, List.of(), cron, "--version").output().contains("needs a JDK");
    assumeTrue(found, "no JDK where the launcher looks without JAVA_HOME");
    assertThat(trained(List.of(), cron)).isEqualTo(plain);
  }

  @Test
  void inAContainerOf768MiB() throws Exception {
    try (SmallGroup group = SmallGroup.of(768)) {
      assertThat(trained(group.enter(), environment -> {})).isEqualTo(plain);
    }
  }

  @Test
  void aContainerOf512MiBIsRefusedWithWhatIsNeeded() throws Exception {
    try (SmallGroup group = SmallGroup.of(512)) {
      Path work = work();
      Ended ended = start(work, group.enter(), environment -> {}, "train", small());
      assertThat(ended.output())
          .matches(
              "kelpie: memory: 512 MiB for this process \\(expected: at least 6\\d\\d MiB for this"
                  + " run, and about 6\\d\\d MiB at its peak; a smaller model needs less\\)\n");
      assertThat(ended.code()).isEqualTo(2);
      assertThat(work).isEmptyDirectory();
    }
  }

  @Test
  void aKillByTheContainersLimitIsNamed() throws Exception {
    try (SmallGroup group = SmallGroup.of(200)) {
      // a heap that is touched as a whole, so that it is there at once
      Ended ended =
          start(
              work(),
              group.enter(),
              environment -> {},
              "-J-Xms600m",
              "-J-Xmx600m",
              "-J-XX:+AlwaysPreTouch",
              "eval",
              small(),
              "-D",
              "eval.path=" + tree.resolve("configs/rows.jsonl"));
      assertThat(ended.code()).isEqualTo(128 + 9);
      assertThat(ended.output())
          .contains("kelpie: killed: out of memory; the limit of this container is 200 MiB");
    }
  }

  @Test
  void aKillOfAClustersProcessIsNamedToo() throws Exception {
    // room for a run in one process, and not for five
    try (SmallGroup group = SmallGroup.of(700)) {
      List<String> command = new ArrayList<>(group.enter());
      command.addAll(List.of(tree.resolve("kelpie").toString(), "cluster", "local", small()));
      command.addAll(List.of("--rollout-workers", "3"));
      ProcessBuilder builder = new ProcessBuilder(command).directory(work().toFile());
      builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
      try (LaunchedCluster cluster = LaunchedCluster.start(builder)) {
        cluster.await(
            "the cause of a kill",
            () ->
                cluster.lines().stream()
                    .anyMatch(
                        line ->
                            line.matches(
                                "(learner|rollout-[123]|reward): killed: out of memory; all"
                                    + " processes together have 700 MiB .*")));
      }
    }
  }

  /**
   * Runs the small experiment; {@code more}: options of the JVM, and of the command behind them.
   */
  private static Outcome trained(
      List<String> before, Consumer<Map<String, String>> change, String... more) throws Exception {
    Path work = work();
    List<String> arguments = new ArrayList<>(List.of(more));
    int options = (int) arguments.stream().filter(option -> option.startsWith("-J")).count();
    arguments.addAll(options, List.of("train", small()));
    Ended ended = start(work, before, change, arguments.toArray(String[]::new));
    assertThat(ended.code()).as(ended.output()).isZero();
    assertThat(ended.output()).doesNotContain("warning").doesNotContain("kelpie: ");
    assertThat(work.toFile().list()).containsExactly("runs");
    try (Stream<Path> all = Files.list(work.resolve("runs"))) {
      List<Path> runs = all.toList();
      assertThat(runs).hasSize(1);
      assertThat(runs.get(0).getFileName().toString()).matches("small-[0-9]{8}-[0-9]{6}");
      return outcome(runs.get(0));
    }
  }

  private static Outcome outcome(Path run) throws IOException {
    TreeSet<String> files = new TreeSet<>();
    try (Stream<Path> all = Files.walk(run)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.add(
            run.relativize(file)
                .toString()
                .replaceAll("[0-9]+", "N")
                .replaceAll("tfevents.*", "tfevents"));
        if (file.toString().matches(".*\\.(jsonl?|conf|csv|txt)")) {
          assertThat(Files.readString(file).codePoints().filter(Character::isDigit))
              .as(file.toString())
              .allMatch(digit -> digit >= '0' && digit <= '9');
        }
      }
    }
    String metrics = Files.readAllLines(run.resolve("metrics.jsonl")).get(0);
    assertThat(JSON.readTree(metrics).get("step").asInt()).isEqualTo(1);
    String policy =
        JSON.readTree(run.resolve("summary.json").toFile()).get("policy-sha256").asText();
    assertThat(policy).matches("[0-9a-f]{64}");
    return new Outcome(policy, List.copyOf(files));
  }

  private static Ended start(
      Path work, List<String> before, Consumer<Map<String, String>> change, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(before);
    command.add(tree.resolve("kelpie").toString());
    command.add("-J-XX:TieredStopAtLevel=1");
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(work.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().remove("OPT_OUT_TRACKING");
    change.accept(builder.environment());
    return ended(builder);
  }

  private static Ended ended(ProcessBuilder builder) throws Exception {
    Process process = builder.redirectErrorStream(true).start();
    process.getOutputStream().close();
    // One that hangs is killed, which ends its output, too.
    CompletableFuture.delayedExecutor(MOST_SECONDS, TimeUnit.SECONDS)
        .execute(process::destroyForcibly);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), output);
  }

  private static Path work() throws IOException {
    Path work = Files.createDirectory(folder.resolve("work" + FOLDERS.incrementAndGet()));
    Files.setPosixFilePermissions(work, PosixFilePermissions.fromString("rwxrwxrwx"));
    return work;
  }

  private static String small() {
    return tree.resolve("configs/small.conf").toString();
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static List<String> as(int user) {
    String id = Integer.toString(user);
    return List.of("setpriv", "--reuid=" + id, "--regid=" + id, "--clear-groups");
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static void assumeRoot() {
    assumeTrue(isRoot(), "only root becomes another user");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "no setpriv here");
  }
}
