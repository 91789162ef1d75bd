//! Mutations of inputs, decided by a seed alone.

/// A small generator of numbers (SplitMix64).
#[derive(Clone, Debug)]
pub struct Numbers(u64);

impl Numbers {
    /// Numbers that follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next one.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One below `end`; 0 when there is none.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next_u64() % end).unwrap_or(0)
    }
}

/// Longest input that is made.
const LONGEST: usize = 4096;

/// An input made of one or two of the `corpus` with a few changes, some of them by `words`.
pub fn mutated(corpus: &[Vec<u8>], words: &[&str], numbers: &mut Numbers) -> Vec<u8> {
    let pick = |numbers: &mut Numbers| corpus.get(numbers.below(corpus.len())).cloned().unwrap_or_default();
    let mut data = pick(numbers);
    if numbers.below(4) == 0 {
        // The front of one and the back of another.
        let other = pick(numbers);
        data.truncate(numbers.below(data.len() + 1));
        data.extend_from_slice(other.get(numbers.below(other.len() + 1)..).unwrap_or_default());
    }
    for _ in 0..=numbers.below(5) {
        change(&mut data, words, numbers);
    }
    data.truncate(LONGEST);
    data
}

fn change(data: &mut Vec<u8>, words: &[&str], numbers: &mut Numbers) {
    const ODD: &[u8] = b"\0\x01\t\n\r \"%&'()*+,-./0:;<=>?@[\\]{|}~\x7f\x80\xc3\xff";
    let at = numbers.below(data.len() + 1);
    let end = (at + 1 + numbers.below(8)).min(data.len());
    match numbers.below(7) {
        0 => {
            if let Some(byte) = data.get_mut(at) {
                *byte ^= 1 << numbers.below(8);
            }
        }
        1 => {
            if let (Some(byte), Some(odd)) = (data.get_mut(at), ODD.get(numbers.below(ODD.len()))) {
                *byte = *odd;
            }
        }
        2 => {
            data.drain(at.min(end)..end);
        }
        3 => {
            let part: Vec<u8> = data.get(at.min(end)..end).unwrap_or_default().to_vec();
            let times = 1 + numbers.below(64);
            data.splice(at..at, part.repeat(times));
        }
        4 => {
            data.insert(at, u8::try_from(numbers.below(256)).unwrap_or(0));
        }
        _ => {
            let word = words.get(numbers.below(words.len())).copied().unwrap_or("0");
            data.splice(at..at, word.bytes());
        }
    }
}
