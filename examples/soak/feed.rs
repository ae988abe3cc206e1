//! What producers and pollers do, whatever their types: macros, as those of declarations have types that nobody can write.

/// Publishes in all the ways there are, until all is published or the pipeline is closed: the body of a function that gives why it was.
/// A macro, as producers of declarations have types that nobody can write.
macro_rules! feeding {
    ($scenario:ident, $who:ident, $producer:ident, $random:ident, $published:ident, $progress:ident) => {{
        let mut number = 0;
        while number < $scenario.events {
            let many = (1 + $random.below($scenario.ring)).min(($scenario.events - number) as usize);
            let sequences = match $random.below(8) {
                0 => match $producer.try_publish(|event| *event = Event::new($who, number)) {
                    Ok(sequence) => sequence..sequence + 1,
                    Err(disruptor_pipeline::TryPublishError::Full) => {
                        thread::yield_now();
                        continue;
                    }
                    Err(disruptor_pipeline::TryPublishError::Closed(closed)) => return Some(closed),
                },
                1 => {
                    let batch = $producer.publish_batch(many, |batch| {
                        batch.zip(number..).for_each(|(event, number)| *event = Event::new($who, number));
                    });
                    match batch {
                        Ok(sequences) => sequences,
                        Err(disruptor_pipeline::BatchError::Closed(closed)) => return Some(closed),
                        Err(error) => panic!("{error}"),
                    }
                }
                2 => match $producer.claim(many) {
                    Ok(mut claim) => {
                        claim
                            .iter_mut()
                            .zip(number..)
                            .for_each(|(event, number)| *event = Event::new($who, number));
                        if $random.chance(30) {
                            claim.abort();
                            continue;
                        }
                        claim.publish()
                    }
                    Err(disruptor_pipeline::BatchError::Closed(closed)) => return Some(closed),
                    Err(error) => panic!("{error}"),
                },
                3 => match $producer
                    .publish_within(Duration::from_micros(200), |event| *event = Event::new($who, number))
                {
                    Ok(sequence) => sequence..sequence + 1,
                    Err(disruptor_pipeline::TimedPublishError::Closed(closed)) => return Some(closed),
                    Err(_) => continue,
                },
                4 => {
                    let write = |event: &mut Event| {
                        *event = Event::new(!$who, !number);
                        std::panic::resume_unwind(Box::new("half-way"));
                    };
                    let told =
                        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| $producer.publish(write)));
                    match told {
                        Ok(Err(closed)) => return Some(closed),
                        Ok(Ok(_)) => panic!("what panics is not $published"),
                        Err(_) => continue,
                    }
                }
                _ => match $producer.publish(|event| *event = Event::new($who, number)) {
                    Ok(sequence) => sequence..sequence + 1,
                    Err(closed) => return Some(closed),
                },
            };
            let mut log = $published.lock().expect("no panic");
            for sequence in sequences {
                assert!(log.insert(sequence, ($who, number)).is_none(), "{sequence} was given twice");
                number += 1;
            }
            drop(log);
            $progress.store(number, Ordering::Release);
        }
        None
    }};
}
pub(crate) use feeding;

/// Polls until there is no more, in bites, and sometimes not to their ends; or leaves after so many events.
macro_rules! polling {
    ($poller:ident, $checker:ident, $random:ident, $leaves:ident) => {{
        let (mut handled, mut next) = (0, 0);
        loop {
            let bite = 1 + $random.below(40);
            let stop = $random.chance(20).then(|| $random.below(bite));
            let mut seen = 0;
            let polled = $poller.take(bite).poll_within(Duration::from_millis(1), |event, sequence, _| {
                $checker.see(event, sequence);
                $checker.commit(sequence);
                (seen, next) = (seen + 1, sequence + 1);
                if stop.is_some_and(|stop| seen > stop) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            handled += seen;
            assert!($poller.next_sequence() >= next, "what was seen is handled");
            match polled {
                Ok(_) if $leaves.is_some_and(|leaves| handled >= leaves) => return $checker,
                Ok(_) => {}
                Err(PollError::Closed(_)) => return $checker,
                Err(error) => panic!("the closure returns no error, and nobody awaits: {error}"),
            }
        }
    }};
}
pub(crate) use polling;
