//! How events become bytes, and bytes events again.

use std::io;

use disruptor_runtime::BoxError;
use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::buffer::Buffer;

/// Where an event's bytes go: straight into the frame that is written.
#[derive(Debug)]
pub struct Encoder<'a>(pub(crate) &'a mut Buffer);

impl Encoder<'_> {
    /// Appends these bytes.
    #[inline(always)]
    pub fn put(&mut self, bytes: &[u8]) {
        self.0.put(bytes);
    }
}

/// For serialisers that write to an [`io::Write`]. It never fails.
impl io::Write for Encoder<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.put(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Extend<u8> for Encoder<'_> {
    fn extend<T: IntoIterator<Item = u8>>(&mut self, bytes: T) {
        let mut bytes = bytes.into_iter();
        let mut chunk = [0; 64];
        loop {
            let length = chunk.iter_mut().zip(bytes.by_ref()).map(|(to, byte)| *to = byte).count();
            self.put(&chunk[..length]);
            if length < chunk.len() {
                return;
            }
        }
    }
}

/// What can be journaled. The same event gives the same bytes each time: a replay into a pipeline relies on it.
///
/// ```
/// use disruptor_journal::{BoxError, Encode, Encoder};
///
/// struct Line { number: u64, text: String }
///
/// impl Encode for Line {
///     fn encode(&self, into: &mut Encoder<'_>) -> Result<(), BoxError> {
///         into.put(&self.number.to_le_bytes());
///         into.put(self.text.as_bytes());
///         Ok(())
///     }
/// }
/// ```
///
/// For types that the crate [`zerocopy`] knows, [`plain`] does it in a line; with the feature `postcard`, `with_postcard` for types that
/// `serde` knows.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be journaled",
    note = "implement `Encode` for it, or give the stage a function: `journal.stage_with(|event, into| …)`"
)]
pub trait Encode {
    /// Appends the event's bytes.
    ///
    /// # Errors
    /// Whatever keeps the event from being encoded: it stops the pipeline.
    fn encode(&self, into: &mut Encoder<'_>) -> Result<(), BoxError>;
}

/// What can be replayed into the slot of a ring, in place: with what the last event there has left, so that buffers are used again.
pub trait Decode {
    /// Overwrites all of the event with what these bytes say.
    ///
    /// # Errors
    /// Whatever is wrong with them: it ends the replay.
    fn decode(&mut self, bytes: &[u8]) -> Result<(), BoxError>;
}

impl Encode for [u8] {
    #[inline(always)]
    fn encode(&self, into: &mut Encoder<'_>) -> Result<(), BoxError> {
        into.put(self);
        Ok(())
    }
}

impl<const N: usize> Encode for [u8; N] {
    #[inline(always)]
    fn encode(&self, into: &mut Encoder<'_>) -> Result<(), BoxError> {
        into.put(self);
        Ok(())
    }
}

impl<const N: usize> Decode for [u8; N] {
    #[inline(always)]
    fn decode(&mut self, bytes: &[u8]) -> Result<(), BoxError> {
        *self = bytes.try_into().map_err(|_| format!("{} bytes, where {N} are expected", bytes.len()))?;
        Ok(())
    }
}

impl Encode for Vec<u8> {
    #[inline(always)]
    fn encode(&self, into: &mut Encoder<'_>) -> Result<(), BoxError> {
        self.as_slice().encode(into)
    }
}

impl Decode for Vec<u8> {
    fn decode(&mut self, bytes: &[u8]) -> Result<(), BoxError> {
        self.clear();
        self.extend_from_slice(bytes);
        Ok(())
    }
}

impl Encode for str {
    #[inline(always)]
    fn encode(&self, into: &mut Encoder<'_>) -> Result<(), BoxError> {
        self.as_bytes().encode(into)
    }
}

impl Encode for String {
    #[inline(always)]
    fn encode(&self, into: &mut Encoder<'_>) -> Result<(), BoxError> {
        self.as_bytes().encode(into)
    }
}

impl Decode for String {
    fn decode(&mut self, bytes: &[u8]) -> Result<(), BoxError> {
        self.clear();
        self.push_str(str::from_utf8(bytes)?);
        Ok(())
    }
}

impl<T: Encode + ?Sized> Encode for &T {
    #[inline(always)]
    fn encode(&self, into: &mut Encoder<'_>) -> Result<(), BoxError> {
        (**self).encode(into)
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        /// Little-endian.
        impl Encode for $number {
            #[inline(always)]
            fn encode(&self, into: &mut Encoder<'_>) -> Result<(), BoxError> {
                into.put(&self.to_le_bytes());
                Ok(())
            }
        }

        /// Little-endian.
        impl Decode for $number {
            #[inline(always)]
            fn decode(&mut self, bytes: &[u8]) -> Result<(), BoxError> {
                let mut own = [0; size_of::<$number>()];
                own.decode(bytes)?;
                *self = Self::from_le_bytes(own);
                Ok(())
            }
        }
    )*};
}

numbers!(u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 f32 f64);

/// Encodes a value as the bytes that it is made of.
///
/// For [`Encode::encode`] of a type that derives zerocopy's `IntoBytes` and `Immutable`. Its byte order is the machine's, unless its fields say
/// otherwise: with `zerocopy::little_endian::U64` and its like, a journal can be read everywhere.
///
/// # Errors
/// None.
#[inline(always)]
pub fn plain<T: IntoBytes + Immutable + ?Sized>(value: &T, into: &mut Encoder<'_>) -> Result<(), BoxError> {
    into.put(value.as_bytes());
    Ok(())
}

/// Decodes what [`plain`] has encoded.
///
/// # Errors
/// If there are more bytes or fewer, or if they are no such value.
#[inline(always)]
pub fn from_plain<T: FromBytes>(value: &mut T, bytes: &[u8]) -> Result<(), BoxError> {
    *value = T::read_from_bytes(bytes)
        .map_err(|_| format!("{} bytes, where {} are expected", bytes.len(), size_of::<T>()))?;
    Ok(())
}

/// Encodes a value with `postcard`. Needs the feature `postcard`.
///
/// Leave out maps whose order changes from run to run (`HashMap`): what is replayed is compared with what the journal holds.
///
/// # Errors
/// As `serde` says.
#[cfg(feature = "postcard")]
pub fn with_postcard<T: serde::Serialize + ?Sized>(
    value: &T,
    into: &mut Encoder<'_>,
) -> Result<(), BoxError> {
    struct Flavor<'a, 'b>(&'a mut Encoder<'b>);

    impl postcard::ser_flavors::Flavor for Flavor<'_, '_> {
        type Output = ();

        #[inline]
        fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
            self.0.put(&[byte]);
            Ok(())
        }

        #[inline]
        fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
            self.0.put(bytes);
            Ok(())
        }

        fn finalize(self) -> postcard::Result<()> {
            Ok(())
        }
    }

    Ok(postcard::serialize_with_flavor(value, Flavor(into))?)
}

/// Decodes what [`with_postcard`] has encoded. Needs the feature `postcard`.
///
/// # Errors
/// If the bytes are no such value, or are not all of it.
#[cfg(feature = "postcard")]
pub fn from_postcard<T: serde::de::DeserializeOwned>(value: &mut T, bytes: &[u8]) -> Result<(), BoxError> {
    let (decoded, rest) = postcard::take_from_bytes(bytes)?;
    if !rest.is_empty() {
        return Err(format!("{} bytes behind the value", rest.len()).into());
    }
    *value = decoded;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded<T: Encode + ?Sized>(value: &T) -> Vec<u8> {
        let mut bytes = Buffer::new();
        value.encode(&mut Encoder(&mut bytes)).expect("it can be encoded");
        bytes.to_vec()
    }

    #[test]
    fn values_there_and_back() {
        let mut text = "old".to_owned();
        text.decode(&encoded("new")).expect("UTF-8");
        assert_eq!(text, "new");
        assert!(text.decode(b"\xff").is_err());
        let mut number = 0_u32;
        number.decode(&encoded(&0x0403_0201_u32)).expect("four bytes");
        assert_eq!((number, encoded(&number)), (0x0403_0201, vec![1, 2, 3, 4]));
        assert_eq!(number.decode(b"123").expect_err("three").to_string(), "3 bytes, where 4 are expected");
    }

    #[test]
    fn bytes_one_by_one_are_those_of_a_slice() {
        for length in [0, 1, 63, 64, 65, 128, 1000] {
            let expected: Vec<_> = (0..length).map(|number| (number % 251) as u8).collect();
            let mut bytes = Buffer::new();
            Encoder(&mut bytes).put(&[7]);
            Encoder(&mut bytes).extend(expected.iter().copied());
            assert!(bytes[0] == 7 && bytes[1..] == expected, "{length}");
        }
    }

    #[test]
    fn plain_values_there_and_back() {
        let value = [zerocopy::little_endian::U16::new(0x0201), 7.into()];
        let mut bytes = Buffer::new();
        plain(&value, &mut Encoder(&mut bytes)).expect("never fails");
        assert_eq!(*bytes, [1, 2, 7, 0]);
        let mut back = [zerocopy::little_endian::U16::ZERO; 2];
        from_plain(&mut back, &bytes).expect("four bytes");
        assert_eq!(back, value);
        assert!(from_plain(&mut back, &bytes[1..]).is_err());
    }

    #[cfg(feature = "postcard")]
    #[test]
    fn postcard_there_and_back() {
        let value = (7_u64, "a".to_owned(), vec![1_u8, 2]);
        let mut bytes = Buffer::new();
        with_postcard(&value, &mut Encoder(&mut bytes)).expect("it can be encoded");
        let mut back = (0, String::new(), Vec::new());
        from_postcard(&mut back, &bytes).expect("a value");
        assert_eq!(back, value);
        bytes.put(&[0]);
        assert!(from_postcard(&mut back, &bytes).is_err());
    }
}
