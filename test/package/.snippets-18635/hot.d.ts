interface ImportMeta { readonly hot?: { accept(callback: () => void): void } }
