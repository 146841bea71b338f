package dev.kelpie.cli;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The walls between the modules, where Maven alone does not hold them. */
@AnalyzeClasses(
    packages = "dev.kelpie",
    importOptions = {ImportOption.DoNotIncludeTests.class})
class ArchitectureTest {
  /** From the bottom up; a module may use the rows below its own. */
  private static final List<List<String>> ROWS =
      List.of(
          List.of("files"),
          List.of("config", "experience", "tensors", "jinja"),
          List.of("wire", "model", "algorithms", "rewards"),
          List.of("rollout", "learner", "runs"),
          List.of("actors", "dashboard"),
          List.of("bench"),
          List.of("cli"));

  /** Each package is a slice, a package above others too. */
  private static final SliceAssignment PACKAGES =
      new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
          return SliceIdentifier.of(javaClass.getPackageName());
        }

        @Override
        public String getDescription() {
          return "packages";
        }
      };

  @ArchTest
  static final ArchRule DEPENDENCIES_POINT_DOWN =
      rows()
          .because(
              "a module that knows only the rows below it can be read, tested and replaced alone");

  @ArchTest
  static final ArchRule EVERY_CLASS_IS_ON_A_LAYER =
      classes()
          .should()
          .resideInAnyPackage(
              Stream.concat(
                      ROWS.stream().flatMap(List::stream).map(row -> "dev.kelpie." + row + ".."),
                      Stream.of("dev.kelpie.example.."))
                  .toArray(String[]::new))
          .because("a package that no rule knows escapes all of them");

  @ArchTest
  static final ArchRule PACKAGES_HAVE_NO_CYCLES =
      slices()
          .assignedFrom(PACKAGES)
          .should()
          .beFreeOfCycles()
          .because("of two packages that need each other neither can be read alone");

  @ArchTest
  static final ArchRule DECISIONS_AND_WORK_KNOW_NO_AKKA =
      noClasses()
          .that()
          .resideInAnyPackage("dev.kelpie.actors.plan..", "dev.kelpie.actors.work..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("akka..", "dev.kelpie.actors", "dev.kelpie.actors.telemetry..")
          .because("what is decided and what is done is tested without an actor system");

  @ArchTest
  static final ArchRule DECISIONS_DO_NO_IO =
      noClasses()
          .that()
          .resideInAPackage("dev.kelpie.actors.plan..")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.nio.file.Files")
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(Instant.class, "now")
          .because("a decision is a function of what it is given, its clock included");

  @ArchTest
  static final ArchRule INSIDE_OF_ACTORS_STAYS_INSIDE =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.kelpie.actors..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.kelpie.actors.plan..",
              "dev.kelpie.actors.work..",
              "dev.kelpie.actors.telemetry..")
          .because("other modules use actors by RunNode and RunSetup alone");

  @ArchTest
  static final ArchRule FILES_KNOW_NO_NETWORK =
      noClasses()
          .that()
          .resideInAPackage("dev.kelpie.wire.file..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.kelpie.wire.arrow..", "dev.kelpie.wire.http..", "io.netty..")
          .because("a file is written and hashed the same whoever fetches it");

  @ArchTest
  static final ArchRule COMMANDS_DO_NOT_USE_EACH_OTHER =
      noClasses()
          .that()
          .haveSimpleNameEndingWith("Command")
          .should()
          .dependOnClassesThat(
              DescribedPredicate.describe(
                  "are another command",
                  target ->
                      target.getPackageName().startsWith("dev.kelpie.cli")
                          && target.getSimpleName().endsWith("Command")))
          .because("what two commands share is a class of its own");

  @ArchTest
  static final ArchRule TEMPLATES_NEED_ONLY_THE_JDK =
      classes()
          .that()
          .resideInAPackage("dev.kelpie.jinja..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("dev.kelpie.jinja..", "java..", "org.jspecify..")
          .because("a template language knows nothing of models");

  @ArchTest
  static final ArchRule ONLY_TENSORS_OPENS_NATIVE_MEMORY =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.kelpie.tensors..")
          .should()
          .callMethodWhere(
              target(nameMatching("newSubManager|newBaseManager|newGradientCollector")))
          .because(
              "the garbage collector does not see native memory: it lives in an InferenceScope or a"
                  + " TrainingScope, or it leaks");

  @ArchTest
  static final ArchRule NUMBERS_IN_A_GRAPH_ARE_KEPT =
      noClasses()
          .should()
          .accessTargetWhere(combinesAnArrayWithANumber())
          .because(
              "DJL drops such a number's memory at once, though the backward pass reads it again;"
                  + " dev.kelpie.tensors.Scalars keeps it");

  @ArchTest
  static final ArchRule MESSAGES_CARRY_NO_TENSORS =
      fields()
          .that()
          .areDeclaredInClassesThat()
          .resideInAnyPackage("dev.kelpie.actors..", "dev.kelpie.experience..")
          .should()
          .notHaveRawType(nameMatching("ai\\.djl\\..*"))
          .because("a tensor's memory belongs to a scope, and a message outlives every scope");

  @ArchTest
  static final ArchRule ACTORS_DO_NOT_KNOW_DJL =
      noClasses()
          .that()
          .resideInAPackage("dev.kelpie.actors..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.djl..")
          .because("engines and learners show the actors only nouns, so that each can be replaced");

  @ArchTest
  static final ArchRule ONLY_ACTORS_KNOW_AKKA =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.kelpie.actors..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("akka..")
          .because(
              "generating, scoring and learning are plain libraries, usable without a cluster");

  @ArchTest
  static final ArchRule NOUNS_NEED_ONLY_THE_JDK =
      classes()
          .that()
          .resideInAPackage("dev.kelpie.experience..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("dev.kelpie.experience..", "java..", "org.jspecify..")
          .because("every module speaks in these nouns");

  @ArchTest
  static final ArchRule NAMES_NAME_THE_THING =
      noClasses()
          .that()
          .areTopLevelClasses()
          .should()
          .haveNameMatching(".*(Util|Utils|Helper|Manager|Impl|Base|Data|Info|Processor)")
          .because("such a name says nothing about what a class is");

  /** Classes that open files by themselves, and why they may. */
  private static final Map<String, String> OPEN_FILES_THEMSELVES =
      Map.ofEntries(
          Map.entry("dev.kelpie.actors.telemetry.ProcessFigures", "reads /proc"),
          Map.entry("dev.kelpie.bench.PeakMemory", "reads /proc"),
          Map.entry("dev.kelpie.cli.terminal.Cores", "reads /proc"),
          Map.entry("dev.kelpie.model.training.CpuFacts", "reads /proc"),
          Map.entry("dev.kelpie.runs.OpenJournals", "reads /proc"),
          Map.entry("dev.kelpie.learner.state.StateFile", "writes"),
          Map.entry("dev.kelpie.learner.scoring.LogprobFile", "appends, after a check of the file"),
          Map.entry("dev.kelpie.model.CheckpointWriter", "writes, and flushes a folder"),
          Map.entry(
              "dev.kelpie.rollout.rows.Records$Temporary", "reads back what it has written itself"),
          Map.entry(
              "dev.kelpie.rewards.annotate.AnnotationFile", "appends, after a check of the file"),
          Map.entry("dev.kelpie.rewards.remote.KeptAnswers", "appends, after a check of the file"),
          Map.entry("dev.kelpie.runs.CheckpointStore", "flushes files and folders to disk"),
          Map.entry("dev.kelpie.runs.Journal", "writes"),
          Map.entry("dev.kelpie.runs.RunLock", "locks, after a check of the folder"),
          Map.entry("dev.kelpie.runs.TensorBoardFile", "writes"),
          Map.entry("dev.kelpie.runs.label.LabelsFile", "appends, after a check of the file"),
          Map.entry("dev.kelpie.runs.label.QueueFile", "appends, after a check of the file"),
          Map.entry("dev.kelpie.wire.file.AtomicFile", "writes, and flushes a folder"),
          Map.entry("dev.kelpie.wire.file.PartFile", "writes what is downloaded"));

  @ArchTest
  static final ArchRule FILES_ARE_OPENED_IN_ONE_PLACE =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.kelpie.files..")
          .and(
              DescribedPredicate.describe(
                  "are none of those that write or read /proc",
                  type -> !OPEN_FILES_THEMSELVES.containsKey(type.getName())))
          .should()
          .accessTargetWhere(opensAFile())
          .because(
              "dev.kelpie.files.InputFile opens regular files only and bounds what it reads: a pipe"
                  + " in a folder from somebody else is waited for, and a file with holes fills the"
                  + " heap");

  private static DescribedPredicate<JavaAccess<?>> opensAFile() {
    return DescribedPredicate.describe(
        "a file is opened for reading",
        access ->
            access.getTarget() instanceof CodeUnitAccessTarget target
                && OPENING.matcher(target.getOwner().getName() + "." + target.getName()).matches());
  }

  private static final Pattern OPENING =
      Pattern.compile(
          "java\\.nio\\.file\\.Files\\."
              + "(newInputStream|newByteChannel|newBufferedReader|read(String|AllBytes|AllLines)|lines)"
              + "|java\\.nio\\.channels\\.(Asynchronous)?FileChannel\\.open"
              + "|java\\.io\\.(FileInputStream|FileReader|RandomAccessFile)\\.<init>");

  private static DescribedPredicate<JavaAccess<?>> combinesAnArrayWithANumber() {
    return DescribedPredicate.describe(
        "DJL combines an array with a number that a graph saves",
        access ->
            access.getTarget() instanceof CodeUnitAccessTarget target
                && target.getOwner().getPackageName().startsWith("ai.djl.")
                && target.getName().matches("(mul|div|pow|maximum|minimum|mod)i?")
                && target.getRawParameterTypes().stream()
                    .anyMatch(type -> type.isEquivalentTo(Number.class)));
  }

  private static LayeredArchitecture rows() {
    LayeredArchitecture rows =
        layeredArchitecture().consideringOnlyDependenciesInLayers().withOptionalLayers(true);
    List<String> below = new ArrayList<>();
    for (List<String> row : ROWS) {
      for (String module : row) {
        rows = rows.layer(module).definedBy("dev.kelpie." + module + "..");
      }
    }
    for (List<String> row : ROWS) {
      for (String module : row) {
        rows =
            below.isEmpty()
                ? rows.whereLayer(module).mayNotAccessAnyLayer()
                : rows.whereLayer(module).mayOnlyAccessLayers(below.toArray(String[]::new));
      }
      below.addAll(row);
    }
    return rows;
  }
}
