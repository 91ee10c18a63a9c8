;; Masks payloads (RFC 6455, 5.3) with 128-bit words. Rebuild simd-masker.wasm.ts with `npm run build:wasm`.
;;
;; mask(at, length, key): XORs memory[at, at + length) with the four bytes of `key`, the lowest first, over and over.
;; Every step but the last few bytes is a multiple of four long, so the key never has to be turned. Loads and stores
;; need no alignment: WebAssembly allows any, and on today's processors it costs next to nothing.
(module
  (import "holdline" "memory" (memory 1))
  (func (export "mask") (param $at i32) (param $length i32) (param $key i32)
    (local $end i32)
    (local $stop i32)
    (local $keys v128)
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (local.set $keys (i32x4.splat (local.get $key)))

    ;; 64 bytes at a time
    (local.set $stop (i32.add (local.get $at) (i32.and (local.get $length) (i32.const -64))))
    (block $done
      (br_if $done (i32.ge_u (local.get $at) (local.get $stop)))
      (loop $next
        (v128.store (local.get $at)
          (v128.xor (v128.load (local.get $at)) (local.get $keys)))
        (v128.store offset=16 (local.get $at)
          (v128.xor (v128.load offset=16 (local.get $at)) (local.get $keys)))
        (v128.store offset=32 (local.get $at)
          (v128.xor (v128.load offset=32 (local.get $at)) (local.get $keys)))
        (v128.store offset=48 (local.get $at)
          (v128.xor (v128.load offset=48 (local.get $at)) (local.get $keys)))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br_if $next (i32.lt_u (local.get $at) (local.get $stop)))))

    ;; 16
    (local.set $stop (i32.add (local.get $at)
      (i32.and (i32.sub (local.get $end) (local.get $at)) (i32.const -16))))
    (block $done
      (br_if $done (i32.ge_u (local.get $at) (local.get $stop)))
      (loop $next
        (v128.store (local.get $at)
          (v128.xor (v128.load (local.get $at)) (local.get $keys)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br_if $next (i32.lt_u (local.get $at) (local.get $stop)))))

    ;; 4
    (local.set $stop (i32.add (local.get $at)
      (i32.and (i32.sub (local.get $end) (local.get $at)) (i32.const -4))))
    (block $done
      (br_if $done (i32.ge_u (local.get $at) (local.get $stop)))
      (loop $next
        (i32.store (local.get $at)
          (i32.xor (i32.load (local.get $at)) (local.get $key)))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br_if $next (i32.lt_u (local.get $at) (local.get $stop)))))

    ;; 1
    (block $done
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (loop $next
        (i32.store8 (local.get $at)
          (i32.xor (i32.load8_u (local.get $at)) (local.get $key)))
        (local.set $key (i32.shr_u (local.get $key) (i32.const 8)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $at) (local.get $end)))))))
