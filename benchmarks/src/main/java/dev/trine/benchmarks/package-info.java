/**
 * JMH benchmarks of the kernels. Build the module, collect its class path and start JMH:
 *
 * <pre>{@code
 * mvn -q -pl benchmarks -am package -DskipTests dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp benchmarks/target/classes:$(cat benchmarks/target/classpath) org.openjdk.jmh.Main \
 *   TernaryBenchmark -p shape=2560x2560 -p tokens=1,8 -p threads=1,2
 * }</pre>
 *
 * The benchmarks give their virtual machines the options that every Java process of Trine needs. Compare figures of one run
 * only; quote processor, JDK, flags and commit with them.
 *
 * <p>{@link TeamContentionBenchmark} is a program of its own, since it starts other processes.
 */
@NullMarked
package dev.trine.benchmarks;

import org.jspecify.annotations.NullMarked;
