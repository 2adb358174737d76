package opus

// cursor reads the head of a packet.
type cursor struct {
	rest   []byte
	broken bool // there was less than was asked for
}

func (c *cursor) byte() int {
	if len(c.rest) == 0 {
		c.broken = true
		return 0
	}
	b := c.rest[0]
	c.rest = c.rest[1:]
	return int(b)
}

// size reads the length of a frame (section 3.2.1).
func (c *cursor) size() int {
	n := c.byte()
	if n >= 252 {
		n += 4 * c.byte()
	}
	return n
}

func appendSize(dst []byte, n int) []byte {
	if n < 252 {
		return append(dst, byte(n))
	}
	return append(dst, byte(252+n&3), byte((n-252)>>2))
}

// padding reads how many bytes at the end mean nothing (section 3.2.5).
func (c *cursor) padding() (n int) {
	for !c.broken {
		b := c.byte()
		if b < 255 {
			return n + b
		}
		n += 254
	}
	return n
}

// parse takes a packet apart that is all of b, or says itself where it ends.
func parse(b []byte, delimited bool) (p Packet, rest []byte, err error) {
	c := cursor{rest: b}
	toc := TOC(c.byte())
	equal, padding := false, 0
	switch toc & 3 {
	case 0:
		p.count = 1
	case 1:
		p.count, equal = 2, true
	case 2:
		p.count = 2
	case 3:
		flags := c.byte()
		p.count, equal = flags&0x3F, flags&0x80 == 0
		if flags&0x40 != 0 {
			padding = c.padding()
		}
	}
	if c.broken || p.count == 0 || p.count > maxFrames || p.Frames()*toc.Samples() > longest {
		return Packet{}, nil, ErrMalformed
	}
	told := 0 // bytes of frames whose length is told
	if !equal {
		for i := range p.count - 1 {
			told += p.setSize(i, c.size())
		}
	}
	p.head = b[:len(b)-len(c.rest)]
	last := 0
	if delimited {
		last = c.size()
	} else {
		last = len(c.rest) - padding - told
		if equal && last%p.count != 0 {
			return Packet{}, nil, ErrMalformed
		} else if equal {
			last /= p.count
		}
	}
	if c.broken || last < 0 || last > maxBytes {
		return Packet{}, nil, ErrMalformed
	}
	return p.close(&c, last, equal, told, padding)
}

// setSize notes the length of a frame.
func (p *Packet) setSize(i, n int) int {
	p.sizes[i] = uint16(n)
	return n
}

// close gives the packet its frames, the last of which is so long.
func (p *Packet) close(c *cursor, last int, equal bool, told, padding int) (Packet, []byte, error) {
	if equal {
		for i := range p.count - 1 {
			told += p.setSize(i, last)
		}
	}
	end := told + p.setSize(p.count-1, last) + padding
	if end > len(c.rest) {
		return Packet{}, nil, ErrMalformed
	}
	p.body = c.rest[:end]
	return *p, c.rest[end:], nil
}
