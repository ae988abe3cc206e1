import static com.lmax.disruptor.RingBuffer.createSingleProducer;

import com.lmax.disruptor.BatchEventProcessor;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.YieldingWaitStrategy;
import java.util.concurrent.CountDownLatch;

/**
 * Latencies of LMAX's Disruptor: Latency ping-pong EVENTS, or Latency load RATE SECONDS. The last line of the output is that of the program
 * `latency` of benches/compare. The JIT is warmed up first, by as many events of the ping-pong, or a second of the load.
 */
public final class Latency {
    private static final String USAGE = "usage: Latency ping-pong EVENTS | Latency load RATE SECONDS | --list";
    private static final int SLOTS = 1024;
    /** Between an answer and the next question, as in LMAX's PingPongSequencedLatencyTest. */
    private static final long PAUSE = 1_000;

    private Latency() {
    }

    /** Measures, or says what there is. */
    public static void main(final String[] arguments) throws Exception {
        if (arguments.length == 1 && arguments[0].equals("--list")) {
            System.out.println("lmax ping-pong");
            System.out.println("lmax load");
        } else if (arguments.length == 2 && arguments[0].equals("ping-pong")) {
            final long events = Long.parseLong(arguments[1]);
            pingPong(events, new Histogram());
            final Histogram histogram = new Histogram();
            pingPong(events, histogram);
            histogram.print("ping-pong", 0, events);
        } else if (arguments.length == 3 && arguments[0].equals("load")) {
            final long rate = Long.parseLong(arguments[1]);
            final long seconds = Long.parseLong(arguments[2]);
            load(rate, rate, new Histogram());
            final Histogram histogram = new Histogram();
            load(rate, rate * seconds, histogram);
            histogram.print("load", rate, rate * seconds);
        } else {
            Rounds.usage(USAGE);
        }
    }

    /** The time there and back, over two rings. */
    private static void pingPong(final long events, final Histogram histogram) throws Exception {
        final RingBuffer<Stages.Value> there = ring(SLOTS);
        final RingBuffer<Stages.Value> back = ring(SLOTS);
        final CountDownLatch done = new CountDownLatch(1);
        final long[] asked = new long[1];
        final BatchEventProcessor<Stages.Value> ponger = processor(there, (event, sequence, end) -> send(back, event.value));
        final BatchEventProcessor<Stages.Value> pinger = processor(back, (event, sequence, end) -> {
            final long answered = System.nanoTime();
            Rounds.check("answer", event.value, sequence);
            histogram.recordExpecting(answered - asked[0], PAUSE);
            if (sequence + 1 == events) {
                done.countDown();
                return;
            }
            while (System.nanoTime() - answered < PAUSE) {
                Thread.yield();
            }
            asked[0] = System.nanoTime();
            send(there, sequence + 1);
        });
        final Thread[] threads = {new Thread(ponger), new Thread(pinger)};
        for (final Thread thread : threads) {
            thread.start();
        }
        asked[0] = System.nanoTime();
        send(there, 0);
        done.await();
        ponger.halt();
        pinger.halt();
        for (final Thread thread : threads) {
            thread.join();
        }
    }

    /** So many events at a rate, each counted from the moment when it was meant to be published. */
    private static void load(final long rate, final long events, final Histogram histogram) throws Exception {
        final RingBuffer<Stages.Value> ring = ring(SLOTS);
        final CountDownLatch done = new CountDownLatch(1);
        final BatchEventProcessor<Stages.Value> stage = processor(ring, (event, sequence, end) -> {
            histogram.record(System.nanoTime() - event.value);
            if (sequence + 1 == events) {
                done.countDown();
            }
        });
        final Thread thread = new Thread(stage);
        thread.start();
        final double interval = 1e9 / rate;
        final long begun = System.nanoTime();
        long now = begun;
        for (long event = 0; event < events; event++) {
            final long meant = begun + (long) (event * interval);
            // The clock is read only where nothing is due: whoever is late does not become later by that.
            while (now < meant) {
                Thread.onSpinWait();
                now = System.nanoTime();
            }
            send(ring, meant);
        }
        done.await();
        stage.halt();
        thread.join();
    }

    private static RingBuffer<Stages.Value> ring(final int slots) {
        return createSingleProducer(Stages.Value::new, slots, new YieldingWaitStrategy());
    }

    private static BatchEventProcessor<Stages.Value> processor(
        final RingBuffer<Stages.Value> ring, final com.lmax.disruptor.EventHandler<Stages.Value> handler) {
        final BatchEventProcessor<Stages.Value> processor = new BatchEventProcessor<>(ring, ring.newBarrier(), handler);
        ring.addGatingSequences(processor.getSequence());
        return processor;
    }

    private static void send(final RingBuffer<Stages.Value> ring, final long value) {
        final long sequence = ring.next();
        ring.get(sequence).value = value;
        ring.publish(sequence);
    }
}
